// Signs, posts safely and classifies the answer. The only room that calls addresses that strangers chose.

export {};
