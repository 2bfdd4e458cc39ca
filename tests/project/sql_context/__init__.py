"""What sqlfluff and the tests fill the templates of sql/ in with: the contract's mapping, really compiled.

Every public name here is a variable of the templates; sqlfluff takes this folder as its `library_path`.
"""

from pathlib import Path as _Path

from recon.config.loading import load as _load
from recon.drift import subscription as _subscription
from recon.mapping.compiled import compiled as _compiled
from recon.store.sql import Sql as raw
from recon.store.sql import ident as _ident
from recon.store.sql import text as _text

_SECRETS = ("SEGMENT_WRITE_KEY", "BRAZE_READ_KEY", "BRAZE_WRITE_KEY", "BRAZE_SEGMENT_ID", "RECON_PSEUDONYM_KEY")
_CONTRACT = _Path(__file__).resolve().parents[2] / "config" / "contract.yml"
_mapping = _compiled(_load(_CONTRACT, {name: f"made-up-{name}" for name in _SECRETS}))

# One of each kind that the templates tell apart: with a spelling to tidy, with words to look up, with neither.
cells = [cell for cell in _mapping.cells if cell.attribute in ("email", "country", "address")]
traits = _mapping.traits[:3]
cohorts = _mapping.cohorts.audiences
in_groups = _mapping.cohorts.in_groups
fields_of_cohorts = _mapping.cohorts.fields
known_cohorts = [(cohort, cohort.column, cohort.field.column) for cohort in cohorts]
channels = [_subscription.described(each) for each in _mapping.channels]
group_cohorts = _subscription.group_cohorts(_mapping, channels)
address_traits, segment_addresses = _subscription.addresses_of(_mapping)
email, phone, email_subscribe, push_subscribe = (
    _mapping.column_of(name) for name in ("email", "phone", "email_subscribe", "push_subscribe")
)
keep_newest = True
keep_active = True
delivered = True
given = cells[0].given
known = [(cell, cell.column) for cell in cells]

# What an included file takes from the query around it.
cell = cells[1]
desired = cell.beside("desired")
actual = cell.beside("actual")
channel = channels[2]
judged = True
revealed = False
has_files = True

files = [_text("1.parquet"), _text("2.parquet")]
copies = files
path = _text("state.duckdb")
buckets = 8
bucket = 3
done = 1000
is_part = True
lower = _text("use_3")
upper = _text("use_4")
table = _ident("actual")
view = _ident("user_traits")
columns = [(_ident("first_name"), _ident("a1")), (_ident("last_name"), _ident("a2"))]
addresses = [{"kind": _text("phone number"), "column": _ident("a3"), "value": _ident("a3")}]
names = [(_text("user_id"), _ident("user_id")), (_text("suppressed_at"), _ident("suppressed_at"))]
fields = [_text("email"), _text("dob")]
custom = _text("STRUCT(plan_tier JSON)")
moment = _ident("timestamp")

schema = _ident("acme_profiles")
relation = _ident("user_traits")
newest = raw('max("uuid_ts")')
selected = [(_ident(form), raw(form)) for form in ("plain", "json", "structure", "written")]
trait_columns = [(_text(form), _ident(form), raw(form)) for form in ("scalar", "json", "structure", "time")]

calls = _ident("track_call")
pairs = _ident("stated_together")
waiting = _ident("waiting_0")
waitings = [_ident("waiting_0"), _ident("waiting_1")]
condition = raw("campaign_id <> 'c1'")
consent = {
    "source": _ident("state_change_source"),
    "status": _ident("status"),
    "channel": _ident("channel"),
    "group": None,
}
events = _ident("currents_event_0")
workspace, event_type, track_event, version, between = (
    _text(value) for value in ("shop", "users.messages.email.Open", "Email Opened", "1.0", ",\n")
)
now = 1_790_000_000
properties = [(_text(',"a":'), _ident(form), form) for form in ("json", "float", "plain")]
