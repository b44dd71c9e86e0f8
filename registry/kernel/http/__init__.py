"""HTTP: headers, request ids, how refusals look to a browser and to a program."""
