"""PET/CT series in; RTSTRUCT and SEG out."""
