"""Who is who: mentions of one party in different feeds, scripts and spellings found, weighed, judged and explained."""
