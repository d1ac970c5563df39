#!/bin/sh -e
# F2: rules of experience and associations between products, in two views: who suits this product, what suits this
# customer.
. "$(dirname "$0")/begin.sh"
serve

# Fictional people, and segments and rules of experience to try it with.
dialer segments sample --people 600 --today 2026-11-02
dialer segments example >segments.toml
dialer segments load segments.toml
dialer segments rules

# Who suits this product: by experience, by segment, by what else they hold.
dialer segments product tv
dialer segments product fibre

# What suits this customer, and why: each product by its best reason.
contact=$(dialer segments members high_spend_no_fibre --limit 1 | tail -1)
dialer segments customer "$contact"
