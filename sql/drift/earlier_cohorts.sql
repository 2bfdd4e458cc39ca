-- Which columns of the earlier run's tables held which audience.
SELECT audience, field, form, number, field_number FROM earlier.cohort;
