"""Quality sampling: rules, forms, the draw, who reviews what, and what may be said of all calls from those heard."""
