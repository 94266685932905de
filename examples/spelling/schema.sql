CREATE TABLE documents (
    id VARCHAR PRIMARY KEY, url VARCHAR NOT NULL, host VARCHAR NOT NULL,
    title VARCHAR NOT NULL, authors VARCHAR[] NOT NULL, language VARCHAR NOT NULL,
    told_by VARCHAR NOT NULL, license VARCHAR NOT NULL, license_url VARCHAR NOT NULL,
    attribution VARCHAR NOT NULL, words INTEGER NOT NULL
);
COMMENT ON TABLE documents IS 'The documents that the model was made from, one row each';
COMMENT ON COLUMN documents.id IS 'the document as its dataset names it: SHA-256 of URL and text';
COMMENT ON COLUMN documents.url IS 'where the page was read';
COMMENT ON COLUMN documents.host IS 'the host of that page';
COMMENT ON COLUMN documents.title IS 'the title as the page states it; may be empty';
COMMENT ON COLUMN documents.authors IS 'whom the page names as its authors; may be empty';
COMMENT ON COLUMN documents.language IS 'primary language tag (BCP 47), und where nobody tells it';
COMMENT ON COLUMN documents.told_by IS 'who told the language: page, a detector by name and version, or nobody';
COMMENT ON COLUMN documents.license IS 'the license of the document, as an SPDX expression';
COMMENT ON COLUMN documents.license_url IS 'where that license can be read';
COMMENT ON COLUMN documents.attribution IS 'the credit that the document asks for';
COMMENT ON COLUMN documents.words IS 'how many words were counted in it';

CREATE TABLE words (
    id VARCHAR NOT NULL, word VARCHAR NOT NULL, count INTEGER NOT NULL, place INTEGER NOT NULL
);
COMMENT ON TABLE words IS 'How often a word stands in a document';
COMMENT ON COLUMN words.id IS 'the document';
COMMENT ON COLUMN words.word IS 'the word: NFC, small letters';
COMMENT ON COLUMN words.count IS 'how often';
COMMENT ON COLUMN words.place IS 'characters of the text before its first place';

CREATE TABLE pairs (
    id VARCHAR NOT NULL, first VARCHAR NOT NULL, second VARCHAR NOT NULL, count INTEGER NOT NULL
);
COMMENT ON TABLE pairs IS 'How often a word follows another in a document, within a sentence';
COMMENT ON COLUMN pairs.id IS 'the document';
COMMENT ON COLUMN pairs.first IS 'the word before';
COMMENT ON COLUMN pairs.second IS 'the word after it';
COMMENT ON COLUMN pairs.count IS 'how often';

CREATE TABLE origin (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
COMMENT ON TABLE origin IS 'What the model was made from, as its dataset says';
COMMENT ON COLUMN origin.key IS 'name, version, release (digest over the data), root (of the tree over the documents), tree_size, dataset (its folder), least (how often a word has to stand there to be known)';
COMMENT ON COLUMN origin.value IS 'what the dataset or the one who trained says';

CREATE TABLE withdrawals (url VARCHAR NOT NULL, id VARCHAR NOT NULL);
COMMENT ON TABLE withdrawals IS 'Documents of the dataset whose counts were taken out again';
COMMENT ON COLUMN withdrawals.url IS 'where the page was read';
COMMENT ON COLUMN withdrawals.id IS 'the document';

CREATE VIEW vocabulary AS
    SELECT d.language, w.word, sum(w.count)::BIGINT AS count, count(*) AS documents
    FROM words w JOIN documents d USING (id) GROUP BY ALL;
COMMENT ON VIEW vocabulary IS 'The words of each language: how often, and in how many documents';
