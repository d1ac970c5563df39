#!/bin/sh -e
# F13: segments by brand, terminal, channel and value, in order of priority, each with its outreach.
. "$(dirname "$0")/begin.sh"
serve

# Fictional people to try it with.
dialer segments sample --people 600 --today 2026-11-02

# A file of 22 segments; a fault is named with its place, and then nothing of the file is taken.
dialer segments example >segments.toml
sed 's/value_tier = "gold"/value_teir = "gold"/; s/monthly_spend > 15/monthly_spend > "15"/' \
    segments.toml >wrong.toml
dialer segments load wrong.toml || echo "refused, as it should be"
dialer segments list

# Without faults all of it is taken.
dialer segments check segments.toml
dialer segments load segments.toml
dialer segments list

# One more, ahead of all others; and one that nobody fits.
dialer segments add heavy_on_5g 'terminal = "5g_phone" and data_gb >= 50' --priority 5 --outreach call
dialer segments add nobody 'monthly_spend > 1000000' --priority 900

# Sizes: of each by itself, and after those before it took theirs; who is left over; what overlaps.
dialer segments sizes

# A segment's people become leads of a campaign: first it is only said what would be done.
dialer campaigns create spring
dialer segments feed heavy_on_5g --campaign spring
dialer segments feed heavy_on_5g --campaign spring --go
dialer segments feed heavy_on_5g --campaign spring --go
