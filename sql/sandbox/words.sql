-- The shop's vocabulary, one row of lists. All elements of a list differ: a neighbour is always another value.
CREATE OR REPLACE TEMP TABLE words AS
SELECT
    [
        'Ann', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Katrin', 'Liam', 'Mia',
        'Noah', 'Olivia', 'Paul', 'Quentin', 'Rosa', 'Sophie', 'Tom', 'Uma', 'Victor', 'Wanda', 'Xavier', 'Yara',
        'Zoë', 'Łukasz', 'Chloé', 'José', 'Anaïs', 'Björn', 'Siobhán', 'Jean-Luc', 'Mary Ann', '美咲', 'Дмитрий'
    ] AS first_names,
    [
        'Smith', 'Müller', 'Dubois', 'García', 'O''Brien', 'Kowalski', 'Rossi', 'Jensen', 'Novák', 'Silva', 'Brown',
        'Schneider', 'Lefèvre', 'Martín', 'Murphy', 'Nowak', 'Bianchi', 'Hansen', 'Dvořák', 'Costa', 'Taylor', 'Weber',
        'Moreau', 'López', 'Kelly', 'van der Berg', 'Greco', 'Larsen', 'Svoboda', 'Pereira', 'Nguyen', 'Öztürk'
    ] AS last_names,
    [
        'Oak Street', 'Mill Lane', 'Station Road', 'Hauptstraße', 'Gartenweg', 'Rue de la Paix', 'Place du Marché',
        'Calle Mayor', 'Via Roma', 'High Street', 'Church Road', 'Park Avenue', 'Lindenallee', 'River Walk'
    ] AS streets,
    [
        {country: 'US', named: 'United States', city: 'Portland', zone: 'America/Los_Angeles',
            language: 'en', postal: '97201'},
        {country: 'DE', named: 'Germany', city: 'Köln', zone: 'Europe/Berlin',
            language: 'de', postal: '50667'},
        {country: 'US', named: 'United States', city: 'Boston', zone: 'America/New_York',
            language: 'en', postal: '02108'},
        {country: 'FR', named: 'France', city: 'Lyon', zone: 'Europe/Paris',
            language: 'fr', postal: '69001'},
        {country: 'GB', named: 'United Kingdom', city: 'Leeds', zone: 'Europe/London',
            language: 'en', postal: 'LS1 4AP'},
        {country: 'ES', named: 'Spain', city: 'Sevilla', zone: 'Europe/Madrid',
            language: 'es', postal: '41001'},
        {country: 'US', named: 'United States', city: 'Austin', zone: 'America/Chicago',
            language: 'en', postal: '78701'},
        {country: 'DE', named: 'Germany', city: 'Leipzig', zone: 'Europe/Berlin',
            language: 'de', postal: '04109'},
        {country: 'AU', named: 'Australia', city: 'Hobart', zone: 'Australia/Hobart',
            language: 'en', postal: '7000'},
        {country: 'IT', named: 'Italy', city: 'Bologna', zone: 'Europe/Rome',
            language: 'it', postal: '40121'}
    ] AS places,
    ['F', 'M', 'F', 'M', 'F', 'M', 'O', 'N', 'P'] AS genders,
    ['free', 'basic', 'silver', 'gold', 'platinum'] AS plans,
    [
        'tea', 'coffee', 'books', 'garden', 'kitchen', 'toys', 'outdoor', 'running', 'cycling', 'music', 'film',
        'games', 'beauty', 'shoes', 'jackets', 'denim', 'kids', 'pets', 'travel', 'art', 'stationery', 'lighting'
    ] AS categories,
    [
        'sunny', 'ace', 'captain', 'pixel', 'bookworm', 'sprinter', 'chef', 'nomad', 'maple', 'comet', 'juniper'
    ] AS nicknames,
    ['newsletter', 'spring-sale', 'partner', 'search', 'instagram', 'podcast', 'referral'] AS campaigns,
    ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet', 'grey'] AS colours;
