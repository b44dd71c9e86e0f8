"""The one search box of the site: every feature says what it finds, each reader sees what they may see anyway."""
