"""What a place needs of a plan: files, and where ctl runs the services all that lies around them."""
