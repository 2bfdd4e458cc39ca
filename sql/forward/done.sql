-- Files that need not be read again unless their content changes.
SELECT url, version FROM state.currents_file WHERE state = 'done' AND hour >= $first;
