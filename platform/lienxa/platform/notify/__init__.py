"""What somebody should know who was not there: notices inside the service, told in the transaction of the act."""
