#!/bin/sh -e
# F19: the library of cases: the best calls, tagged and searched, for all to learn from.
MORE='[[api.tokens]]
name = "1001"
role = "agent"
token = "agent 1001, for the tour alone"'
. "$(dirname "$0")/begin.sh"
serve
python "$here/past_week.py" "$DIALER_DATABASE__URL"

# Three calls are worth keeping.
calls=$(dialer attempts list --agent 1001 --limit 3 | tail -n +2 | cut -f 1)
set -- $calls
dialer cases add "$1" "price objection turned" --why "asks what the bill is today before naming a price" --tag price --tag closing
dialer cases add "$2" "warm opening" --why "name, company and reason in one breath" --tag opening
dialer cases add "$3" "stays calm with an angry customer" --why "lets them end, then repeats what was said" --tag calm
dialer cases add "$1" "the same again" || echo "refused, as it should be"

# Agents find them by words and by tags.
as_1001() { DIALER_API_TOKEN="agent 1001, for the tour alone" "$@"; }
as_1001 dialer cases tags
as_1001 dialer cases list "price OR angry" | cut -f 1-5
as_1001 dialer cases list "customer -price" | cut -f 2
as_1001 dialer cases list --tag opening | cut -f 2

# Tags are changed, and a case goes; the call stays.
set -- $(dialer cases list | tail -n +2 | cut -f 1)
dialer cases tag "$2" --tag opening --tag first_seconds
dialer cases remove "$1"
dialer cases list | cut -f 1-3
