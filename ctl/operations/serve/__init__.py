"""What serves: services, the exchange of a process without a gap, read-only, the lease, coming to rest."""
