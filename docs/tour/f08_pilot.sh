#!/bin/sh -e
# F8: leads are parted by recency, frequency and money; a sample of each cell is called first, then the cells that pay.
. "$(dirname "$0")/begin.sh"
python "$here/past_calls.py" "$DIALER_DATABASE__URL"

# gives every lead its cell: three digits, recency, frequency, money, 3 the best
dialer scores rank autumn --by rfm

# one in twenty of each cell is called before all others
dialer scores pilot autumn --start --sample 0.05

# here they are called at once
python "$here/past_calls.py" "$DIALER_DATABASE__URL" --first

# the next 500 go to cells that pay, a tenth is spread for learning
dialer scores pilot autumn --move 500 --seed 1

# what was learned, with intervals, and a picture of it
dialer scores pilot autumn --picture "${PICTURE:-$from/pilot.png}"
