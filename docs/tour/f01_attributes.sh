#!/bin/sh -e
# F1: what is learned in contacts is kept as attributes of three kinds, each with its source, time and trust.
. "$(dirname "$0")/begin.sh"
serve

# Someone to speak of: a lead of a campaign.
dialer campaigns create spring
dialer leads add spring +12125550101 --name Ada

# What may be known of a person, who may tell it, and how far each source is trusted.
dialer contacts catalogue

# The operator's own systems tell consumption and where she lives ...
dialer contacts attributes +12125550101 --source billing --set monthly_spend=24.50 --set tariff="Flex 10"
dialer contacts attributes +12125550101 --source crm --set town=Ely

# ... and an agent writes down what was said in a call; it contradicts the town.
dialer contacts form +12125550101 --agent 1001 --set town=York --set children=yes --set occupation=baker

# A value of the wrong type, or a name that is not in the catalogue, is refused with its place; nothing is stored.
dialer contacts attributes +12125550101 --set children=perhaps --set shoe_size=43 || echo "refused, as it should be"

# The whole: each attribute with its value, its accuracy, and what every source says.
dialer contacts attributes +12125550101
