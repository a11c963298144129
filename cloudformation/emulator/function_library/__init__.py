"""What Lambda puts beside a function's code; :mod:`..functions` puts this folder on the path of what it runs."""
