#!/bin/sh -e
# F21: who bought, against who did not: features, consumption, terminal, network use.
. "$(dirname "$0")/begin.sh"
serve

# Fictional people to try it with.
dialer segments sample --people 600 --today 2026-11-02

# The buyers of fibre: what matters first, each difference with its interval and its size; and as a picture.
dialer segments portrait --product fibre --picture fibre.svg
grep -c "<svg" fibre.svg

# A product with too few buyers tells nothing, and says so.
dialer segments portrait --product unicorn || echo "refused, as it should be"
