"""What may be known of people, as data: the attribute catalogue and the churn guide."""
