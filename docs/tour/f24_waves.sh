#!/bin/sh -e
# F24: first an SMS wave, then calls to those who fit.
. "$(dirname "$0")/waves_begin.sh"

# A list becomes a campaign.
dialer leads import people.csv --campaign autumn --create-campaign

# Its waves: an SMS; then a call to those who have it, unless they asked us to stop.
cat >waves.toml <<'PLAN'
[[steps]]
name = "sms"
channels = ["sms"]
text = "Dear {name}, your new phone is here. Reply STOP to end."
wait_hours = 0.1
go_on_at = ["replied", "delivered"]

[[steps]]
name = "call"
channels = ["call"]
when = [{ any_of = ["delivered", "replied"] }]
PLAN
dialer waves check waves.toml
serve
dialer waves put autumn waves.toml
dialer waves start autumn

# The messages are out, each with its verdict in the proof.
until_told "sms	sent	3" dialer waves show autumn
grep -o '"text": "[^"]*"' messages.jsonl

# Steps are held for a moment, so that we are in time.
dialer waves hold autumn

# Ada's telephone has hers, Ben asks us to stop, and of Cleo nothing is heard.
reference() { grep "$1" messages.jsonl | sed 's/.*"id": "\([^"]*\)".*/\1/'; }
dialer waves receipt "$(reference Ada)" --delivered
dialer waves reply +493022610102 "STOP"
dialer dnc check +493022610102
dialer waves start autumn

# Ada may be called at once; when the wait is over, so are Cleo's waves.
until_told "call skipped: sms was not delivered" dialer waves show autumn
dialer leads list --campaign autumn | cut -f 3-6
