#!/bin/sh -e
# F7: models are trained and judged on outcomes, and leads are called by what a call is worth.
. "$(dirname "$0")/begin.sh"
python "$here/past_calls.py" "$DIALER_DATABASE__URL"

# what a sale brings, by the customer's tier (in the settings file: [scoring] worth)
DIALER_SCORING__WORTH="gold=300, tin=40"
export DIALER_SCORING__WORTH

# before there are models, a simpler score serves, and says so
dialer scores rank autumn

# two models: who answers at which hour, and who of them buys; each is judged on contacts that none learns from
dialer scores train autumn

# what serves now, and why
dialer scores show autumn

# every lead by expected value an agent-minute
dialer scores rank autumn

# each lead's best hour
dialer scores best-hour autumn

# a second training must be no worse than what serves
dialer scores train autumn
