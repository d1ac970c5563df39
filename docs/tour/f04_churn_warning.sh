#!/bin/sh -e
# F4: an agent notes a sign of leaving from the guide; the customer is at the head of the retention list at once.
. "$(dirname "$0")/begin.sh"
serve

# A retention campaign with a list of its own, and a customer who is in none.
dialer campaigns create retention --purpose service
dialer leads add retention +12125550110 --name Bob --score 99
dialer campaigns create spring
dialer leads add spring +12125550111 --name Ada

# The guide: reasons for leaving, how customers typically say it, how urgent it is, what to answer.
dialer contacts guide

# In a call, Ada names a competitor's price, and asks for the porting code.
dialer contacts form +12125550111 --agent 1001 --set competitor=Bluetel \
    --sign price_elsewhere --sign asks_to_port --note "12 a month at Bluetel" --next "send the comparison"

# She is a lead of the retention campaign now, scored before everyone else on it: the engine dials her next.
dialer leads list --campaign retention

# A sign that the guide does not have is refused.
dialer contacts form +12125550111 --agent 1001 --sign astrology || echo "refused, as it should be"

# The next agent sees the signs and the step that was agreed.
dialer contacts view +12125550111
