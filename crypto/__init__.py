"""Commercial cryptography (GM/T): knows keys, certificates and documents, nothing of the domain."""
