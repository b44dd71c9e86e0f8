"""Streets that need shared telecom works: proposed by local governments, reviewed by Sở Xây dựng, listed by year."""
