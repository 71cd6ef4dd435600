"""What goes to other programs: the address of a CRM's page, and webhooks."""
