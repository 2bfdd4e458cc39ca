-- Which column of the earlier run's tables held which attribute.
SELECT attribute, number FROM earlier.cell;
