-- How journeys went from channel to channel, counted. One statement: all of it from one moment.
-- Identifiers: {channel_steps}
select
    channel_before,
    channel_from,
    channel_to,
    journeys
from {channel_steps};
