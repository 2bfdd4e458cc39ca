"""The sections of recon.yml that say what Braze should hold: attributes, cohorts, subscriptions, identity."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator

from recon.config.values import Section, Text, Word, unique

ValueType = Literal["string", "number", "boolean", "date", "time", "array", "object", "amount"]
CohortForm = Literal["attribute", "array", "subscription_group"]
Channel = Literal["email", "sms", "whatsapp", "line"]

# Keys of an attributes object that are not the profile's data (facts/braze-rest-api §2.2 to §2.4), and where they
# belong instead.
_NOT_ATTRIBUTES = {
    "external_id": "recon takes it from user_identifiers",
    "braze_id": "Braze assigns it",
    "user_alias": "write it under identity.aliases",
    "email_subscribe": "write it under subscriptions.email",
    "push_subscribe": "write it under subscriptions.push",
    "subscription_groups": "write it under subscriptions.groups",
    "push_tokens": "only the SDK knows them",
    "push_token_import": "it is no profile data",
    "_update_existing_only": "it is no profile data",
    "_merge_objects": "it is no profile data",
}


def _check_attribute_name(value: str) -> str:
    if value in _NOT_ATTRIBUTES:
        raise ValueError(f"{value} is not an attribute to map: {_NOT_ATTRIBUTES[value]}")
    return value


# Length: facts/braze-rest-api §2.5.
AttributeName = Annotated[Text, Field(max_length=255), AfterValidator(_check_attribute_name)]


# Tags of the union below, as in `sides`.
CODE, IN_TRAIT = "currency code", "currency trait"


class CurrencyTrait(Section):
    """A trait that holds each person's own currency."""

    trait: Text
    """Segment trait that holds the currency's code, such as EUR."""


def _check_currency(value: str) -> str:
    if len(value) != 3 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise ValueError("must be a currency's code of ISO 4217, such as EUR, or hold the key trait")
    return value


CurrencyCode = Annotated[
    str, AfterValidator(_check_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})
]


def _currency_form(data: Any) -> str:
    return IN_TRAIT if isinstance(data, dict | Section) else CODE


Currency = Annotated[
    Annotated[CurrencyCode, Tag(CODE)] | Annotated[CurrencyTrait, Tag(IN_TRAIT)], Discriminator(_currency_form)
]


class AttributeRule(Section):
    """One Braze attribute and where its value comes from: a trait, an SQL expression, or an expression on a trait."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["trait"]}, {"required": ["sql"]}]})

    to: AttributeName
    """Name of the Braze attribute, a standard field or a custom attribute."""
    trait: Text | None = None
    """Segment trait that the value comes from."""
    as_: ValueType | None = Field(default=None, alias="as")
    """Type in Braze. Without it the value keeps the type that it has in Segment. `amount`: a number, made of the minor
    units of a currency."""
    currency: Currency | None = None
    """Of an amount, and only there: 1999 minor units are 19.99 in EUR and 1999 in JPY. A code of ISO 4217, or
    `{trait: NAME}` where each person has one; Braze gets the code by a row of its own."""
    sql: Text | None = None
    """SQL expression that makes the value: `value` is the trait, `trait('name')` any other trait."""
    when: Text | None = None
    """SQL condition; people for whom it is not true have no desired value here."""
    compare: Literal["set", "list"] = "set"
    """How arrays compare: `set` ignores the order, `list` does not."""
    owner: Literal["segment", "braze", "observe"] = "segment"
    """Who is right: `segment` repairs Braze; `braze` and `observe` only report."""

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.trait is None and self.sql is None:
            raise ValueError("says nothing about the value's source: add trait, sql, or both")
        if (self.as_ == "amount") != (self.currency is not None):
            raise ValueError("as: amount and currency go together: add the one that is missing, or drop the other")
        if "compare" in self.model_fields_set and self.as_ not in (None, "array"):
            raise ValueError(f"compare is for arrays, and this is as: {self.as_}; drop one of them")
        return self


class CohortTarget(Section):
    """How Braze holds an audience: exactly one of three forms."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    attribute: AttributeName | None = None
    """A boolean attribute; leaving writes `false`."""
    array: AttributeName | None = None
    """An array attribute that holds the audience's key; leaving takes the key out."""
    subscription_group: Text | None = None
    """Id of a subscription group; leaving unsubscribes."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(value is not None for value in (self.attribute, self.array, self.subscription_group)) != 1:
            raise ValueError("write exactly one of attribute, array, subscription_group")
        return self

    @property
    def form(self) -> CohortForm:
        """Which of the three forms this is."""
        if self.attribute is not None:
            return "attribute"
        return "array" if self.array is not None else "subscription_group"

    @property
    def name(self) -> str:
        """The attribute's name, or the group's id."""
        return self.attribute or self.array or self.subscription_group or ""


class Cohort(Section):
    """One Segment audience and how Braze holds it."""

    audience: Text
    """Key of the audience, as the boolean trait is called in Segment."""
    to: CohortTarget
    """Where Braze holds the members."""


class ConsentRule(Section):
    """A trait that holds a person's consent, and the words in it. Words compare case-insensitively."""

    trait: Text
    """Segment trait that holds the consent."""
    unsubscribed: tuple[Word, ...] = Field(min_length=1)
    """Words that mean opted out."""
    opted_in: tuple[Word, ...] = ()
    """Words that mean opted in explicitly. Any other word means subscribed, Braze's default."""

    @model_validator(mode="after")
    def _one_meaning_a_word(self) -> Self:
        if {word.casefold() for word in self.unsubscribed} & {word.casefold() for word in self.opted_in}:
            raise ValueError("one word stands under both unsubscribed and opted_in; a word has one meaning")
        return self


class GroupConsentRule(Section):
    """A subscription group and the trait that holds a person's consent to it."""

    # Groups and channels: facts/braze-rest-api §5.1.

    id: Text
    """Id of the subscription group in Braze."""
    name: Text
    """What reports call the group."""
    channel: Channel
    """The channel that the group is for."""
    trait: Text
    """Segment trait that holds the consent."""
    unsubscribed: tuple[Word, ...] = Field(min_length=1)
    """Words that mean opted out."""


class Subscriptions(Section):
    """Consent: which traits hold it. In doubt the opt-out wins."""

    email: ConsentRule | None = None
    """The e-mail channel as a whole."""
    push: ConsentRule | None = None
    """The push channel as a whole."""
    groups: Annotated[tuple[GroupConsentRule, ...], unique("id", lambda group: group.id)] = ()
    """Subscription groups."""


class AliasRule(Section):
    """A Segment identifier that Braze should know as an alias of the profile."""

    identifier: Text
    """`type` of the identifier in user_identifiers, such as `anonymous_id`."""
    label: Text
    """Label of the alias in Braze; a profile has one alias per label."""


class Identity(Section):
    """Duplicate profiles: what may be joined, and which profile stays."""

    aliases: Annotated[tuple[AliasRule, ...], unique("label", lambda alias: alias.label)] = ()
    """Identifiers that Braze should know as aliases."""
    merge: Literal["off", "approve", "auto"] = "approve"
    """Merging duplicate profiles: never, after `recon approve`, or within the breaker."""
    keep: Literal["oldest", "newest", "most_active"] = "oldest"
    """Which user_id stays when profiles are merged."""
