#!/bin/sh -e
# F18: quality sampling: rules known to all, calls of each agent are heard, and violators lose their place.
MORE='[[api.tokens]]
name = "quinn"
role = "quality"
token = "quinn, for the tour alone"
[[api.tokens]]
name = "1001"
role = "agent"
token = "agent 1001, for the tour alone"
[quality]
rules = "rules.toml"'
. "$(dirname "$0")/begin.sh"

# The rules: three calls of each agent, all of them scored by two reviewers here, so that we see how far they agree.
cat >rules.toml <<'END'
version = 1
per_agent = 3
new_agents = 4
double_share = 1.0
dispute_days = 0
[[reviewers]]
name = "ada"
[[reviewers]]
name = "quinn"
[[strata]]
name = "sales"
dispositions = ["sale"]
weight = 3.0
END
serve
as_quinn() { DIALER_API_TOKEN="quinn, for the tour alone" "$@"; }
as_1001() { DIALER_API_TOKEN="agent 1001, for the tour alone" "$@"; }
as_1001 dialer quality rules

# The week before is made up. Somebody complained of a call.
python "$here/past_week.py" "$DIALER_DATABASE__URL"
dialer quality complain tone --contact 33

# First what would be drawn: 1003 has two calls only, so both are taken. Then the draw; there is no second one.
monday=$(date -u -d "last monday - 7 days" +%F)
[ "$(date -u +%u)" = 1 ] && monday=$(date -u -d "7 days ago" +%F)
dialer quality draw "$monday" --seed tour --dry-run
dialer quality draw "$monday" --seed tour >/dev/null
dialer quality draw "$monday" --seed other || echo "refused, as it should be"

# Each reviewer scores what was given them, without the other's score. The form to be filled in:
calls=$(dialer quality assignments | tail -n +2 | cut -f 1)
set -- $calls
dialer quality form "$1" | sed "s/$1/CALL/"
good=greeting=1,needs=3,offer=4,objections=n/a,close=1,truth=1,consent=1,respect=1
poor=greeting=1,needs=1,offer=3,objections=n/a,close=0,truth=1,consent=1,respect=1
for call in $calls; do
    points=$good
    [ "$call" = "$2" ] && points=$poor
    dialer quality score "$call" --points $points --heard not_interested >/dev/null
    [ "$call" = "$1" ] && points=$(echo "$points" | sed s/consent=1/consent=0/)
    as_quinn dialer quality score "$call" --points "$points" --heard not_interested >/dev/null
done

# In one call quinn heard no consent and ada did: a third person looks, and neither of the two may settle it.
dialer quality disputes | cut -f 2-3,5
for call in $(dialer quality disputes | tail -n +2 | cut -f 1); do
    dialer quality settle "$call" "mine was right" || echo "refused, as it should be"
done

# What the calls heard tell of all calls, and how far the reviewers agree. Sales that were none show.
dialer quality report
dialer quality agreement | head -4
