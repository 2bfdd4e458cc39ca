#!/bin/sh
# One night of the workspace in the folder $1, for cron and whatever else runs a shell:
#
#   nightly.sh /srv/recon/acme
#
# Ends with recon's exit code, after saying on stderr what it asks of people.
cd "$1" || exit 2
recon run --apply --yes --no-progress
code=$?
case $code in
    0) ;;
    1) echo "recon: a bug; run the command again with --debug and report what it prints" >&2 ;;
    2) echo "recon: nothing was done; the message above says what to mend" >&2 ;;
    3) echo "recon: an input cannot be trusted, nothing was sent; mend it and run again" >&2 ;;
    4) echo "recon: the night is done, and something waits for a person:" >&2 ;;
    5) echo "recon: the night is done, and some corrections were refused or did not hold:" >&2 ;;
    6) echo "recon: Braze or a bucket refused the key or is away; try recon doctor" >&2 ;;
    130 | 143) echo "recon: stopped; recon apply --resume goes on, or the next night" >&2 ;;
    *) echo "recon: ended with $code" >&2 ;;
esac
[ "$code" -eq 0 ] || recon status >&2
exit "$code"
