DROP TRIGGER bench_words ON structure;
DROP FUNCTION bench_words;
