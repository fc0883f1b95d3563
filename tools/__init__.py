"""What is made at build time of ctl's declarations: man pages, schemas, the settings page, the example."""
