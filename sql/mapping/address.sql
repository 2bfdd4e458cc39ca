-- Addresses in the form in which two of them are one: e-mail without case and outer blanks, phone by its digits.
CREATE OR REPLACE TEMP MACRO email_address(value) AS nullif(lower(trim(value)), '');
CREATE OR REPLACE TEMP MACRO phone_digits(value) AS
nullif(regexp_replace(coalesce(phone_number(value), value), '[^0-9]', '', 'g'), '');
