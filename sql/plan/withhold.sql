-- A withheld class stays in the plan, to be seen, and is not sent.
UPDATE correction SET state = 'withheld' WHERE class = $class AND class <> 'unsubscribe' AND state = 'planned';
