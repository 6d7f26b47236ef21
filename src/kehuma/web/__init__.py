"""The pages: templates, components and the shell around them. What they show comes from the packages below."""
