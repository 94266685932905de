-- The query behind each measured field of a card. It runs on what is published, in the
-- ledger and over the files of a published folder alike, and gives the same answer there.
-- A query of one row and one column `value` gives that value; any other a list of rows.

-- id.version
-- What the data ask for: the first number for works changed or taken out, the second for
-- works added, the third for the same works packaged anew. A person may only raise it.
WITH change AS (
    SELECT count(*) FILTER (action = 'remove') AS removed, count(*) FILTER (action = 'add') AS added
    FROM published.history
    WHERE release = (SELECT value ->> '$' FROM published.settings WHERE key = 'release')),
named AS (
    SELECT (SELECT value ->> '$' FROM published.settings WHERE key = 'version') AS stated,
        (SELECT value ->> 'version' FROM published.settings
         WHERE key = 'previous' AND value <> 'null') AS before),
parts AS (
    SELECT *, [x::INTEGER FOR x IN string_split(split_part(stated, '-', 1), '.')] AS s,
        [x::INTEGER FOR x IN string_split(split_part(before, '-', 1), '.')] AS b
    FROM named, change),
asked AS (
    SELECT *, CASE WHEN before IS NULL THEN 'first' WHEN removed > 0 THEN 'major'
                   WHEN added > 0 THEN 'minor' ELSE 'patch' END AS change,
        CASE WHEN before IS NULL THEN s WHEN removed > 0 THEN [b[1] + 1, 0, 0]
             WHEN added > 0 THEN [b[1], b[2] + 1, 0] ELSE b END AS least
    FROM parts)
SELECT stated, change, array_to_string(least, '.') AS least, s >= least AS is_enough FROM asked;

-- id.metadata_version
SELECT (value ->> '$')::INTEGER AS value FROM published.settings WHERE key = 'edition';

-- id.uid
-- A UUID of version 8 (RFC 9562 section 5.8) from the root over documents and the name.
WITH named AS (
    SELECT sha256(t.root || (s.value ->> '$')) AS h
    FROM published.trees t, published.settings s WHERE t.tree = 'documents' AND s.key = 'name')
SELECT h[1:8] || '-' || h[9:12] || '-8' || h[14:16] || '-8' || h[18:20] || '-' || h[21:32] AS value
FROM named;

-- id.date_created
SELECT max(ended_at) AS value FROM published.activities WHERE verb = 'curate';

-- id.previous_version
SELECT value ->> 'version' AS version, value ->> 'release' AS release,
    value ->> 'date' AS date, value ->> 'root' AS root
FROM published.settings WHERE key = 'previous' AND value <> 'null';

-- id.conforms_to
SELECT unnest(value::VARCHAR[]) AS standard FROM published.settings WHERE key = 'conforms_to'
ORDER BY standard;

-- comp.count
SELECT s.split, count(d.url) AS documents, coalesce(sum(length(d.text)), 0)::BIGINT AS characters
FROM (VALUES (1, 'train'), (2, 'validation'), (3, 'test')) AS s(n, split)
LEFT JOIN published.documents d ON d.split = s.split
GROUP BY s.n, s.split HAVING s.split = 'train' OR documents > 0 ORDER BY s.n;

-- comp.size_bytes
SELECT coalesce(sum(bytes) FILTER (rows IS NOT NULL AND regexp_matches(path, '/(train|validation|test)-[0-9]+\.parquet$')), 0)::BIGINT AS files,
    (SELECT coalesce(sum(strlen(text)), 0)::BIGINT FROM published.documents) AS text
FROM published.files;

-- comp.size_tokens
-- No tokenizer is hidden in this: a token is a run of characters that are not white space,
-- of which a text has blanks, line ends and tabs alone.
SELECT 'runs of non-space characters' AS tokenizer,
    coalesce(sum(len(list_filter(string_split(replace(replace(text, chr(10), ' '), chr(9), ' '), ' '), lambda w: w <> ''))), 0)::BIGINT AS tokens,
    CASE WHEN tokens < 1000000000 THEN 'less than 1 billion tokens'
         WHEN tokens <= 10000000000000 THEN '1 billion to 10 trillion tokens'
         ELSE 'more than 10 trillion tokens' END AS band
FROM published.documents;

-- comp.size_category
SELECT CASE WHEN n < 1000 THEN 'n<1K' WHEN n < 10000 THEN '1K<n<10K'
    WHEN n < 100000 THEN '10K<n<100K' WHEN n < 1000000 THEN '100K<n<1M'
    WHEN n < 10000000 THEN '1M<n<10M' WHEN n < 100000000 THEN '10M<n<100M'
    WHEN n < 1000000000 THEN '100M<n<1B' ELSE 'n>1B' END AS value
FROM (SELECT count(*) AS n FROM published.documents);

-- comp.schema
SELECT column_name AS column, column_type AS type FROM (DESCRIBE published.documents);

-- comp.splits
-- A registrable domain is in one split with all its hosts, by the digest of its name and the
-- seed. What is asked is a share of the domains, not of the documents.
WITH asked AS (
    SELECT (value ->> 'validation')::DOUBLE AS validation, (value ->> 'test')::DOUBLE AS test,
        (value ->> 'seed')::BIGINT AS seed
    FROM published.settings WHERE key = 'split'),
named AS (
    SELECT d.url, d.split, m.domain FROM published.documents d
    JOIN published.domains m ON m.host = regexp_extract(d.url, '^https?://([^/?#]+)', 1))
SELECT s.split, count(n.url) AS documents, count(DISTINCT n.domain) AS domains, s.share,
    CASE WHEN s.whole THEN 'every document'
         ELSE 'by registrable domain, with seed ' || s.seed END AS rule
FROM (SELECT 1 AS nth, 'train' AS split, round(1 - validation - test, 6) AS share, seed, validation + test = 0 AS whole FROM asked
      UNION ALL SELECT 2, 'validation', validation, seed, false FROM asked
      UNION ALL SELECT 3, 'test', test, seed, false FROM asked) s
LEFT JOIN named n ON n.split = s.split
WHERE s.split = 'train' OR s.share > 0
GROUP BY s.nth, s.split, s.share, s.whole, s.seed ORDER BY s.nth;

-- comp.files
SELECT path, bytes, digest, media_type, rows FROM published.files ORDER BY path;

-- comp.modality
SELECT 'text' AS value FROM (DESCRIBE published.documents) WHERE column_name = 'text';

-- comp.languages
-- Of each language that was concluded: how many pages declare none, and how many another.
SELECT language, count(*) AS documents, sum(length(text))::BIGINT AS characters,
    count(*) FILTER (language_declared IS NULL) AS not_declared,
    count(*) FILTER (split_part(lower(language_declared), '-', 1) <> split_part(lower(language), '-', 1)) AS declared_otherwise
FROM published.documents GROUP BY language ORDER BY documents DESC, language;

-- comp.domains
-- Ranked by bytes of text. The list asked for is the top tenth of the domain names, or
-- for a small provider the top twentieth, at most 1,000; not names up to a tenth of the bytes.
WITH sized AS (
    SELECT m.domain, count(*) AS documents, sum(strlen(d.text))::BIGINT AS bytes
    FROM published.documents d
    JOIN published.domains m ON m.host = regexp_extract(d.url, '^https?://([^/?#]+)', 1)
    GROUP BY m.domain),
ranked AS (
    SELECT row_number() OVER (ORDER BY bytes DESC, domain) AS rank, *,
        count(*) OVER () AS names FROM sized)
SELECT rank, domain, documents, bytes, rank <= ceil(names / 10) AS in_top_tenth,
    rank <= least(ceil(names / 20), 1000) AS in_small_provider_list
FROM ranked ORDER BY rank;

-- comp.geography
SELECT regexp_extract(regexp_replace(m.domain, ':[0-9]+$', ''), '([^.]+)$', 1) AS top_level_domain,
    count(DISTINCT m.domain) AS domains, count(*) AS documents
FROM published.documents d
JOIN published.domains m ON m.host = regexp_extract(d.url, '^https?://([^/?#]+)', 1)
GROUP BY ALL ORDER BY documents DESC, top_level_domain;

-- comp.missing
SELECT 'title' AS field, count(*) FILTER (title = '') AS documents_without FROM published.documents
UNION ALL SELECT 'authors', count(*) FILTER (len(authors) = 0) FROM published.documents
UNION ALL SELECT 'published', count(*) FILTER (published IS NULL) FROM published.documents
UNION ALL SELECT 'language_declared', count(*) FILTER (language_declared IS NULL) FROM published.documents
UNION ALL SELECT 'license_url', count(*) FILTER (license_url = '') FROM published.documents
UNION ALL SELECT 'notice', count(*) FILTER (notice IS NULL) FROM published.documents
ORDER BY field;

-- comp.duplicates
SELECT 'exact, by text' AS method,
    count(*) - count(DISTINCT sha256(text)) AS left_in,
    (SELECT count(*) FROM published.drops WHERE reason = 'duplicate.exact') AS taken_out
FROM published.documents
UNION ALL
SELECT 'near, 5-word shingles, Jaccard 0.8 or more', NULL,
    (SELECT count(*) FROM published.drops WHERE reason = 'duplicate.near')
ORDER BY method;

-- comp.contamination
-- The files of texts that no document may be, and how many pages were left out for each.
WITH named AS (
    SELECT unnest(value::JSON[]) AS f FROM published.settings WHERE key = 'held_against'),
files AS (
    SELECT f ->> 'path' AS path, f ->> 'digest' AS digest, (f ->> 'texts')::BIGINT AS texts
    FROM named)
SELECT path, digest, texts, (SELECT value ->> 'near_duplicates' = 'true' FROM published.settings
        WHERE key = 'filters') AS near_as_well,
    (SELECT count(*) FROM published.drops WHERE reason = 'duplicate.of-named-text'
        AND contains(detail, ' text as ' || path || ', row ')) AS pages_left_out
FROM files ORDER BY path;

-- comp.noise
SELECT count(*) FILTER (contains(text, chr(65533))) AS documents_with_replacement_characters,
    count(*) FILTER (regexp_matches(text, '[\x00-\x08\x0b\x0c\x0e-\x1f]')) AS documents_with_control_characters
FROM published.documents;

-- comp.relations
-- Documents of one host belong together; with each, what became of the host's other pages.
SELECT p.host, count(*) FILTER (p.discovered) AS discovered, count(*) FILTER (p.fetched) AS fetched,
    count(*) FILTER (p.standing = 'kept') AS kept, count(*) FILTER (p.standing = 'dropped') AS dropped,
    count(*) FILTER (p.standing = 'refused') AS refused, count(*) FILTER (p.standing = 'waiting') AS waiting,
    coalesce(sum(length(d.text)), 0)::BIGINT AS characters,
    list(DISTINCT p.because ORDER BY p.because) FILTER (p.standing <> 'kept') AS because
FROM published.pages p LEFT JOIN published.documents d ON d.url = p.url
GROUP BY p.host ORDER BY p.host;

-- comp.external_links
SELECT count(*) AS documents, count(c.read_at) AS with_archived_capture
FROM published.documents d LEFT JOIN published.captures c ON c.url = d.url;

-- comp.stats
SELECT 'characters' AS measure, min(n) AS least, quantile_disc(n, 0.25) AS quarter,
    quantile_disc(n, 0.5) AS half, quantile_disc(n, 0.75) AS three_quarters,
    max(n) AS most, sum(n)::BIGINT AS total
FROM (SELECT length(text)::BIGINT AS n FROM published.documents)
UNION ALL
SELECT 'words', min(n), quantile_disc(n, 0.25), quantile_disc(n, 0.5), quantile_disc(n, 0.75),
    max(n), sum(n)::BIGINT
FROM (SELECT len(list_filter(string_split(replace(replace(text, chr(10), ' '), chr(9), ' '), ' '), lambda w: w <> ''))::BIGINT AS n
      FROM published.documents)
UNION ALL
SELECT 'authors', min(n), quantile_disc(n, 0.25), quantile_disc(n, 0.5), quantile_disc(n, 0.75),
    max(n), sum(n)::BIGINT
FROM (SELECT len(authors)::BIGINT AS n FROM published.documents)
ORDER BY measure;

-- comp.example
-- The document of median length, and the longest; of equal ones the first by URL.
WITH sized AS (
    SELECT url, title, license, language, length(text) AS characters
    FROM published.documents),
ranked AS (
    SELECT *, row_number() OVER (ORDER BY characters, url) AS nth, count(*) OVER () AS n
    FROM sized)
SELECT CASE nth WHEN (n + 1) // 2 THEN 'typical' ELSE 'longest' END AS example,
    url, title, license, language, characters
FROM ranked WHERE nth IN ((n + 1) // 2, n) ORDER BY nth;

-- prov.method
SELECT 'web-scraping-crawling' AS value;

-- prov.process
SELECT (SELECT count(DISTINCT host) FROM published.requests) AS hosts_asked,
    (SELECT coalesce(to_json(list({'kind': kind, 'requests': n, 'payload_bytes': b} ORDER BY kind)), '[]'::JSON)
     FROM (SELECT kind, sum(requests)::BIGINT AS n, sum(payload_bytes)::BIGINT AS b
           FROM published.requests GROUP BY kind)) AS requests,
    (SELECT coalesce(to_json(list({'cause': cause, 'times': n} ORDER BY cause)), '[]'::JSON)
     FROM (SELECT cause, count(*) AS n FROM published.disagreements GROUP BY cause)) AS second_reader_disagrees,
    (SELECT value::JSON FROM published.settings WHERE key = 'sources') AS sources,
    (SELECT value::JSON FROM published.settings WHERE key = 'limits') AS limits;

-- prov.timeframe
SELECT min(read_at) AS first, max(read_at) AS last,
    strftime(min(read_at)::TIMESTAMP, '%m/%Y') AS first_month,
    strftime(max(read_at)::TIMESTAMP, '%m/%Y') AS last_month
FROM published.captures;

-- prov.content_timeframe
SELECT min(published[1:4]) AS first_year, max(published[1:4]) AS last_year,
    count(published) AS documents_that_state_it, count(*) AS documents
FROM published.documents;

-- prov.last_acquired
SELECT strftime(max(read_at)::TIMESTAMP, '%m/%Y') AS month, false AS is_live FROM published.captures;

-- prov.crawlers
SELECT (SELECT value ->> '$' FROM published.settings WHERE key = 'product_token') AS product_token,
    (SELECT value ->> '$' FROM published.settings WHERE key = 'user_agent') AS user_agent,
    (SELECT value ->> '$' FROM published.settings WHERE key = 'from') AS "from",
    (SELECT value::JSON FROM published.settings WHERE key = 'categories') AS categories,
    min(first_at) AS first, max(last_at) AS last
FROM published.requests;

-- prov.crawler_behaviour
SELECT 'robots.txt files that were answered' AS what, count(*) AS times
    FROM (SELECT DISTINCT source FROM published.evidence WHERE source LIKE '%/robots.txt' AND status BETWEEN 200 AND 299)
UNION ALL SELECT 'pages not fetched because robots.txt refuses or cannot be had',
    count(*) FROM published.pages WHERE NOT fetched AND because LIKE 'robots.%'
UNION ALL SELECT 'pages not fetched for another reason',
    count(*) FROM published.pages WHERE standing = 'refused' AND because NOT LIKE 'robots.%'
UNION ALL SELECT 'pages fetched whose use is refused',
    count(*) FROM published.pages WHERE fetched AND outcome = 'refused'
UNION ALL SELECT 'pages on hold for a person to decide',
    count(*) FROM published.pages WHERE outcome = 'held'
UNION ALL SELECT 'pages put off because the host was busy or unreachable',
    count(*) FROM published.pages WHERE outcome = 'deferred'
UNION ALL SELECT 'answers of robots.txt on which a second reader disagrees',
    count(*) FROM published.disagreements
ORDER BY what;

-- prov.sources
SELECT nth - 1 AS source, value ->> 'kind' AS kind, value -> 'names' AS names,
    (SELECT count(*) FROM published.pages p WHERE p.source = nth - 1) AS pages
FROM (SELECT unnest(value::JSON[]) AS value, generate_subscripts(value::JSON[], 1) AS nth
      FROM published.settings WHERE key = 'sources')
ORDER BY source;

-- prov.activity
SELECT verb, software, manifest_digest, started_at, ended_at,
    CASE verb WHEN 'collect' THEN (SELECT count(*) FILTER (discovered) FROM published.pages)
        WHEN 'curate' THEN (SELECT count(*) FROM published.documents) + (SELECT count(*) FROM published.drops) END AS pages_in,
    CASE verb WHEN 'collect' THEN (SELECT count(*) FROM published.pages WHERE outcome IN ('admitted', 'unchanged'))
        WHEN 'curate' THEN (SELECT count(*) FROM published.documents) END AS pages_out
FROM published.activities ORDER BY ALL;

-- prov.agents
SELECT DISTINCT parser AS software FROM published.evidence WHERE parser <> ''
UNION SELECT value ->> '$' FROM published.settings WHERE key = 'software' ORDER BY software;

-- prov.row_source
SELECT count(*) AS documents, count(capture_digest) AS with_capture_digest,
    (SELECT count(read_at) FROM published.captures) AS with_time_of_capture,
    count(*) FILTER (len(decisions) > 0) AS with_decisions
FROM published.documents;

-- prov.raw_saved
SELECT count(*) AS documents, count(c.read_at) AS with_bytes_in_the_archive,
    sum(c.payload_bytes)::BIGINT AS payload_bytes
FROM published.documents d LEFT JOIN published.captures c ON c.url = d.url;

-- prov.sampling
SELECT value ->> 'kind' AS kind, value -> 'names' AS names, (value ->> 'depth')::INTEGER AS depth,
    'every page in scope, to the limits; no chance is in it' AS rule
FROM (SELECT unnest(value::JSON[]) AS value FROM published.settings WHERE key = 'sources');

-- prov.capture_quality
SELECT coalesce(reason, '') AS reason, count(*) AS pages FROM published.drops
WHERE reason LIKE 'text.%' OR reason LIKE 'page.%' GROUP BY ALL ORDER BY ALL;

-- rights.licence
SELECT list(DISTINCT license ORDER BY license) AS licenses,
    'each document keeps its own; the collection puts none over them' AS rule
FROM published.documents;

-- rights.row_licences
SELECT license, license_url, count(*) AS documents, sum(length(text))::BIGINT AS characters
FROM published.documents GROUP BY ALL ORDER BY documents DESC, license;

-- rights.signals
-- Of each decision that counts, the signals that were read and what they say.
SELECT e.signal, e.says, count(DISTINCT d.url) AS pages
FROM published.evidence e JOIN published.decisions d ON d.decision = e.decision
WHERE e.signal IS NOT NULL GROUP BY ALL ORDER BY pages DESC, e.signal, e.says;

-- rights.decision
SELECT stage, verdict, reason, count(*) AS decisions FROM published.decisions
GROUP BY ALL ORDER BY stage, decisions DESC, verdict, reason;

-- rights.refusals
SELECT standing, outcome, because AS reason, count(*) AS pages FROM published.pages
WHERE standing <> 'kept' GROUP BY ALL ORDER BY standing, pages DESC, outcome, reason;

-- rights.notice_and_revocation
-- Removals of all releases, and the answers of people on hosts that were looked at.
SELECT (SELECT count(*) FROM published.history WHERE action = 'remove') AS removals,
    (SELECT coalesce(to_json(list({'host': r.host, 'answer': r.answer,
        'reviewer': r.reviewer, 'why': r.why, 'answered_on': r.answered_on, 'documents': r.n}
        ORDER BY r.host)), '[]'::JSON)
     FROM (SELECT *, (SELECT count(*) FROM published.documents d
                      WHERE list_contains(d.decisions, v.name)) AS n
           FROM published.reviews v) r) AS reviews;

-- rights.takedowns
SELECT url, release FROM published.history h WHERE action = 'remove'
    AND h.release = (SELECT value ->> '$' FROM published.settings WHERE key = 'release')
    AND url NOT IN (SELECT url FROM published.documents) ORDER BY url;

-- rights.copyright_status
SELECT license IN ('CC0-1.0', 'CC-PDM-1.0') AS public_domain, count(*) AS documents
FROM published.documents GROUP BY ALL ORDER BY public_domain;

-- rights.use_policy
SELECT key AS setting, value::JSON AS value FROM published.settings
WHERE key IN ('categories', 'licenses_allowed', 'languages_allowed', 'language_detector', 'statements',
    'specifications', 'suffix_list') ORDER BY key;

-- rights.tdm_measures
SELECT parser, count(*) AS words_read, count(DISTINCT source) AS resources
FROM published.evidence WHERE parser <> '' GROUP BY parser ORDER BY parser;

-- rights.illegal_content
SELECT count(*) FILTER (reason LIKE 'review.%') AS pages_refused_by_review FROM published.drops;

-- pii.presence
-- What was looked for and found. What is not found may be there all the same.
WITH asked AS (
    SELECT unnest((value -> 'personal')::VARCHAR[]) AS kind FROM published.settings WHERE key = 'filters')
SELECT a.kind, coalesce(sum(p.found), 0)::BIGINT AS found, count(p.url) AS documents
FROM asked a LEFT JOIN published.personal p ON p.kind = a.kind GROUP BY a.kind ORDER BY a.kind;

-- pii.techniques
SELECT value ->> 'personal_action' AS technique,
    (SELECT count(*) FROM published.documents WHERE changes LIKE '%personal data masked%') AS documents_masked,
    (SELECT count(*) FROM published.drops WHERE reason = 'personal.found') AS pages_left_out
FROM published.settings WHERE key = 'filters';

-- proc.steps
SELECT * FROM (VALUES
    (1, 'discover', 'pages in scope that were found'), (2, 'ask', 'fetched with leave'),
    (3, 'judge', 'use admitted'), (4, 'read', 'text made and kept')) AS s(step, name, says)
JOIN (
    SELECT 1 AS step, count(*) FILTER (discovered) AS pages_in, count(*) FILTER (discovered) AS pages_out FROM published.pages
    UNION ALL SELECT 2, count(*) FILTER (discovered), count(*) FILTER (discovered AND fetched) FROM published.pages
    UNION ALL SELECT 3, count(*) FILTER (fetched), (SELECT count(*) FROM published.documents) + (SELECT count(*) FROM published.drops) FROM published.pages
    UNION ALL SELECT 4, (SELECT count(*) FROM published.documents) + (SELECT count(*) FROM published.drops), (SELECT count(*) FROM published.documents)
) USING (step) ORDER BY step;

-- proc.manipulation
SELECT changes, count(*) AS documents, sum(repeated_characters)::BIGINT AS repeated_characters
FROM published.documents GROUP BY changes ORDER BY changes;

-- proc.imputation
SELECT 'none' AS value;

-- proc.software
SELECT value ->> '$' AS value FROM published.settings WHERE key = 'software';

-- proc.validation
SELECT says AS check, whole, parts, whole = parts AS passed FROM published.sums ORDER BY n;

-- ann.machine_tools
SELECT 'license' AS column, value ->> '$' AS tool FROM published.settings WHERE key = 'software'
UNION ALL SELECT 'language', value ->> '$' FROM published.settings
WHERE key = 'language_detector' AND value ->> '$' <> 'declared' ORDER BY "column" DESC;

-- risk.biases
SELECT 'share of the largest host' AS skew, round(max(n) / sum(n), 4) AS share
FROM (SELECT count(*) AS n FROM published.documents
      GROUP BY regexp_extract(url, '^https?://([^/?#]+)', 1))
UNION ALL SELECT 'share of the largest language', round(max(n) / sum(n), 4)
FROM (SELECT count(*) AS n FROM published.documents GROUP BY language)
UNION ALL SELECT 'share of the largest license', round(max(n) / sum(n), 4)
FROM (SELECT count(*) AS n FROM published.documents GROUP BY license)
ORDER BY skew;

-- risk.limitations
SELECT count(*) FILTER (standing = 'waiting') AS pages_not_asked_yet,
    count(*) FILTER (outcome = 'held') AS pages_on_hold,
    count(*) FILTER (outcome = 'failed') AS pages_that_failed
FROM published.pages;

-- maint.errata
SELECT count(*) AS value FROM published.history WHERE action = 'remove';

-- maint.changelog
SELECT release, count(*) FILTER (action = 'add') AS added, count(*) FILTER (action = 'remove') AS removed
FROM published.history GROUP BY release ORDER BY min(n);

-- maint.old_versions
SELECT count(DISTINCT release) AS releases FROM published.history;

-- audit.root
SELECT size, root FROM published.trees WHERE tree = 'documents';

-- audit.domain_root
SELECT size, root FROM published.trees WHERE tree = 'domains';

-- audit.exclusion_root
SELECT size, root FROM published.trees WHERE tree = 'removals';

-- audit.consistency
SELECT size, root FROM published.trees WHERE tree = 'history';
