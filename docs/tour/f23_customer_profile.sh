#!/bin/sh -e
# F23: accounts in layers, profiles active by time of day, preferences that the customer edits, rated accuracy.
. "$(dirname "$0")/begin.sh"
serve

dialer campaigns create spring
dialer leads add spring +12125550130 --name Ada

# A group with a site under it, and a private account; Ada belongs to the site and to her home.
id() { sed 's/.*"id": *\([0-9]*\).*/\1/'; }
group=$(dialer contacts accounts add "Acme Group" --json | id)
site=$(dialer contacts accounts add "Acme Leipzig" --under "$group" --json | id)
home=$(dialer contacts accounts add "Ada's home" --kind private --json | id)
dialer contacts accounts join "$home" +12125550130
dialer contacts accounts join "$site" +12125550130 --role buyer --active "mon-sun 00:00-00:00"

# As whom she is met now: her profile at the site is active at all hours here.
dialer contacts view +12125550130
dialer contacts accounts show "$group"

# The group can't lie under its own site: refused, and nothing is changed.
dialer contacts accounts place "$group" --under "$site" || echo "refused, as it should be"

# A signed link, to be sent to her: the page behind it needs no login, and shows her preferences alone.
dialer contacts preferences link +12125550130

# What she says there, or to an agent, holds at once: no calls, text messages rather.
dialer contacts preferences set +12125550130 --channel sms --no-channel call --calls-at "mon-fri 18:00-20:00"
dialer contacts preferences show +12125550130

# Sources are weighed against each other: agreement raises the accuracy, contradiction and age lower it.
dialer contacts attributes +12125550130 --source crm --set town=Ely
dialer contacts attributes +12125550130 --source survey --set town=Ely
dialer contacts attributes +12125550130 --source import --set town=York
