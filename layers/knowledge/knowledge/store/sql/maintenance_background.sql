-- What is usual between any two controls of two catalogues, in up to 120 of each: the middle of their cosines, and how
-- far the lower sixth lies below it. True matches are among the highest and do not move either. Models and languages
-- differ by tenths in what is usual.
WITH sample AS MATERIALIZED (
    SELECT numbered.catalogue, numbered.vector
    FROM (SELECT c.catalogue, c.vector,
                 row_number() OVER (PARTITION BY c.catalogue ORDER BY md5(c.control_key)) AS place
          FROM compared_controls c) AS numbered
    WHERE numbered.place <= 120
),
measured AS (
    SELECT source.catalogue AS source, target.catalogue AS target, 1 - (source.vector <=> target.vector) AS cosine
    FROM sample source
    JOIN sample target ON target.catalogue < source.catalogue
)
SELECT source, target, count(*) AS pairs, percentile_cont(0.5) WITHIN GROUP (ORDER BY cosine) AS middle,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY cosine) - percentile_cont(0.16) WITHIN GROUP (ORDER BY cosine) AS spread
FROM measured
GROUP BY source, target
