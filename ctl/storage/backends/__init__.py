"""Where a store lies; what every back-end is able to do says `ctl.storage.store`."""
