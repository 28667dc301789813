"""Everything SQLModel: tables, sealing, and the statements that read and write them."""
