SELECT count(*) AS controls FROM compared_controls
