"""A program that inspects nothing and wants more memory than it may have."""

from keyfob.gateways.pdf_inspection import limit

if __name__ == "__main__":
    limit()
    bytearray(1024 * 1024 * 1024)
