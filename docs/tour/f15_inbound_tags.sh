#!/bin/sh -e
# F15: a target contact who calls in is flagged to the agent with the offer.
# What the agent's screen is told is an event of the API, caller_tag (dialer/engine/inbound_tags.py);
# it is looked up by the caller's number, as here.
. "$(dirname "$0")/begin.sh"

printf 'phone,external_key,name\n+12125550101,K-1,Ada\n' > targets.csv
printf 'phone,external_key,name\n+12125550102,K-2,Ben\n' > others.csv
dialer leads import targets.csv --campaign autumn --create-campaign
dialer leads import others.csv --campaign winter --create-campaign
dialer products assign autumn phone --offer "a new phone"
today=$(date -u +%Y-%m-%d)
dialer calendar plan autumn --from "$today" --to "$today"

# Ada is a target, and the agent is told the offer; Ben is none.
dialer contacts offers +12125550101
dialer contacts offers +12125550102
