"""The desk of money: state funding of streets, rents of public assets, fines, public-private partnership."""
