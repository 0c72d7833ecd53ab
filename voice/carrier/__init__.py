"""The seam to the carrier: Twilio's fields, codes, XML and signatures end in this room, and nowhere else."""
