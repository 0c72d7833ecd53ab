"""What scripts/check-security runs: other people's tools over our sources and against our running pages."""
