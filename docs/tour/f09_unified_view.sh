#!/bin/sh -e
# F9: one picture of a customer, from every system, at the moment of contact.
. "$(dirname "$0")/begin.sh"
serve

dialer campaigns create spring
dialer leads add spring +12125550120 --name Ada --key K-7

# Several systems tell what they know.
dialer contacts attributes +12125550120 --source billing --set monthly_spend=24.50 --set roams=yes
dialer contacts attributes +12125550120 --source crm --set town=Ely --set household_size=3
dialer contacts attributes +12125550120 --source survey --set town=ely --set interests=chess,tea

# What she wants, and where she works.
dialer contacts preferences set +12125550120 --channel sms --no-topic surveys
account=$(dialer contacts accounts add "Acme Leipzig" --json | sed 's/.*"id": *\([0-9]*\).*/\1/')
dialer contacts accounts join "$account" +12125550120 --role buyer

# One call gives the agent's screen all of it; two sources agree on the town, which makes it more certain.
dialer contacts view +12125550120

# The same for programs: POST /v1/contacts/view, or GET /v1/contacts/ID/view.
dialer contacts view +12125550120 --json | head -c 60
echo " ..."
