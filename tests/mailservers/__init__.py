"""Mail servers for the tests: the loopback operator, and real Dovecot and Postfix as throwaway instances."""
