"""The rules of recipients and days of mail: decided without Django."""
