#!/bin/sh -e
# F22: effects without delay: what each segment and offer brings, to be seen as the calls end.
. "$(dirname "$0")/begin.sh"
serve

# Fictional people in segments, and two campaigns with an offer each.
dialer segments sample --people 600
dialer segments example >segments.toml
dialer segments load segments.toml
for offer in fibre tv; do
    dialer campaigns create "$offer"
    dialer products assign "$offer" "$offer"
done

# Three segments are called, one of them with both offers.
dialer segments feed high_spend_no_fibre --campaign fibre --go
dialer segments feed families --campaign tv --go
dialer segments feed high_spend_no_fibre --campaign tv --go

# Nobody was called yet.
dialer segments effects

# Here all of them are called at once; answers and sales are made up.
echo "(calls are made up ...)"
python "$here/past_calls.py" "$DIALER_DATABASE__URL" --leads

# Which segment takes which offer, with how sure that is: each call counts from the moment its outcome is stored.
dialer segments effects --days 7

# The same for programs: GET /v1/segment-effects.
dialer segments effects --days 7 --json | head -c 60
echo " ..."
