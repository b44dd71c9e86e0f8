"""The second factor of accounts: codes of an app, passkeys, recovery codes, remembered browsers, day passes."""
