"""The pages themselves: templates, static files, texts."""
