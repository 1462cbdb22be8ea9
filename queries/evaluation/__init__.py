"""How good answers are: measured against planted truth, beside what general methods make of the same graph."""
