"""Settings of the organisation, backups, and whether the installation is sound."""
