export declare class Headers {}
